//! `docs/protocol/messages.md` is what the declarations say.

#[test]
fn the_message_reference_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol/messages.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == skinny::reference::markdown(), "{path} is not up to date: run `cargo xtask docs`");
}
