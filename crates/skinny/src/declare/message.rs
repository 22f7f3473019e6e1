//! A message.

/// A message: a struct of fields with where its layout is known from and how sure that is.
///
/// `layout` (optional) is a function `(version, body) -> version` that corrects the version whose layout
/// is read when the body's length proves another one; `composed` a function `version -> version` that
/// chooses the layout we send.
macro_rules! message {
    (
        $(#[doc = $doc:literal])*
        [$evidence:ident $known:literal]
        $name:ident $(<$lifetime:lifetime>)? {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty $([$($clause:tt)*])? ),* $(,)?
        }
        $(layout $layout:path;)?
        $(composed $composed:path;)?
    ) => {
        parts! {
            $(#[doc = $doc])*
            $name [$($lifetime)?] {
                $( $(#[doc = $field_doc])* $field: $type $([$($clause)*])? ),*
            }
        }

        impl<'a> $crate::message::Body<'a> for $name $(<$lifetime>)? {
            const ABOUT: $crate::catalogue::About = $crate::catalogue::About {
                doc: concat!($($doc, "\n"),*),
                evidence: $crate::catalogue::Evidence::$evidence,
                known_from: $known,
            };
            $(
                #[inline]
                fn layout_version(version: u8, body: &[u8]) -> u8 {
                    $layout(version, body)
                }
            )?
            $(
                #[inline]
                fn composed_version(version: u8) -> u8 {
                    $composed(version)
                }
            )?
        }
    };
}
