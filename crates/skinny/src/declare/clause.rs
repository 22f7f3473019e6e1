//! The clauses of a field: what `[since 17 of caps_count]` means.

/// Whether the clauses let a field exist at a version.
macro_rules! applies {
    ($version:expr;) => { true };
    ($version:expr; since $n:literal $($rest:tt)*) => { $version >= $n && applies!($version; $($rest)*) };
    ($version:expr; until $n:literal $($rest:tt)*) => { $version <= $n && applies!($version; $($rest)*) };
    ($version:expr; $clause:ident $field:ident $($rest:tt)*) => { applies!($version; $($rest)*) };
}

/// Whether no clause makes the field depend on the version.
macro_rules! always {
    () => { true };
    (since $n:literal $($rest:tt)*) => { false };
    (until $n:literal $($rest:tt)*) => { false };
    ($clause:ident $field:ident $($rest:tt)*) => { always!($($rest)*) };
}

/// Hands earlier fields to the reader, as `of` and `by` clauses say.
macro_rules! refer {
    ($reader:ident;) => {};
    ($reader:ident; of $field:ident $($rest:tt)*) => {
        $reader.count = $crate::wire::Field::number(&$field);
        refer!($reader; $($rest)*)
    };
    ($reader:ident; by $field:ident $($rest:tt)*) => {
        $reader.selector = $crate::wire::Field::number(&$field);
        refer!($reader; $($rest)*)
    };
    ($reader:ident; $clause:ident $value:tt $($rest:tt)*) => { refer!($reader; $($rest)*) };
}

/// The same for JSON, where earlier fields are known by their number.
macro_rules! refer_json {
    ($source:ident;) => {};
    ($source:ident; by $field:ident $($rest:tt)*) => { $source.selector = $field; refer_json!($source; $($rest)*) };
    ($source:ident; counts $field:ident $($rest:tt)*) => {
        $source.count_of(stringify!($field));
        refer_json!($source; $($rest)*)
    };
    ($source:ident; $clause:ident $value:tt $($rest:tt)*) => { refer_json!($source; $($rest)*) };
}
