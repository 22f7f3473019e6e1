//! What the keys do.

/// Keys and what they do, in both screens.
pub const HELP: &str = "\
 LISTS                                  LADDER
 ↑ ↓ j k PgUp PgDn Home End  move       ↑ ↓ j k PgUp PgDn Home End  move
 Enter     the call's ladder            Enter     the message alone, and back
 Tab       calls, registrations         ← →       scroll sideways
 / F3      filter (Esc ends it)         / F3 n N  search, next, the one before
 Space     mark a call                  Space     mark a message to compare with
 d F4      compare two marked calls     x F4      keepalives and lamps too
 < >       sort by another column       c F5      narrower, wider, all columns
 z         sort the other way round     v F6      message pane on and off
 p         stay with the newest         9 0       pane wider, narrower
 i         statistics                   [ ]       scroll in the pane
                                        Tab       the other call of two

 s F2      save: .html .svg .md .txt .pcapng   (S: redacted)
 t F8      dark, light, plain           Esc q     back, end        F1 h ?   this help

 Filter: words that must all be found; column:word looks in one column, !word must not be there.
 A row with ~ bears no call reference: it was attached by phone and time.";
