use super::super::parse;

#[track_caller]
fn wrong(text: &str, expect: &str) {
    let errors = parse("lineside.toml", text).expect_err("it is wrong").to_string();
    assert_eq!(errors, expect);
}

#[test]
fn a_site_with_classes() {
    let text = r#"
        [dial_plan]
        inbound = "inland"

        [[calling_search_space]]
        name = "inland"
        partitions = ["phones", "national"]

        [[route_pattern]]
        pattern = "0.!"
        partition = "national"
        trunk = 1
        discard = "PreDot"
        outside_dial_tone = true

        [[route_pattern]]
        pattern = "0190!"
        block = "call-rejected"
        urgent = true

        [[route_pattern]]
        pattern = "112"
        trunk = 1
        emergency = true

        [[translation_pattern]]
        pattern = "8XXX"
        mask = "1XXX"

        [[device]]
        name = "SEP001122334455"
        calling_search_space = "inland"
        abbreviated = { 7 = "00301234", 12 = "1002" }
        [[device.button]]
        line = "1001"

        [[line]]
        number = "1001"
        partition = "phones"
        calling_search_space = "inland"
        hotline = "00301234"
        hotline_delay_secs = 4
    "#;
    let plan = parse("lineside.toml", text).expect("right").plan;
    assert_eq!(plan.dial_plan.rules().len(), 4);
    assert!(plan.dial_plan.has_emergency());
    let device = &plan.devices["SEP001122334455"];
    assert_eq!(
        device.abbreviated.iter().map(|(i, n)| (*i, n.as_str())).collect::<Vec<_>>(),
        [(7, "00301234"), (12, "1002")]
    );
    let line = &plan.lines["1001"];
    assert_eq!((line.partition.as_str(), line.hotline.as_ref().map(|h| h.delay_secs)), ("phones", Some(4)));
}

#[test]
fn errors_say_where_and_what_to_do() {
    wrong(
        "[[route_pattern]]\npattern = \"9.@\"\ntrunk = 1\n",
        "lineside.toml:2:11: `9.@` is no pattern: `@` is not understood: write the numbers that are meant, such as 9.1[2-9]XX[2-9]XXXXXX",
    );
    wrong(
        "[[route_pattern]]\npattern = \"9!\"\n",
        "lineside.toml:2:11: pattern `9!` goes nowhere: give it `trunk = …` or `block = \"call-rejected\"`",
    );
    wrong(
        "[[route_pattern]]\npattern = \"9!\"\ntrunk = 1\ndiscard = \"PreDot\"\n",
        "lineside.toml:4:11: pattern `9!` has no dot before which something could be discarded",
    );
    wrong(
        "[[route_pattern]]\npattern = \"9!\"\ntrunk = 1\npartition = \"far\"\n",
        "lineside.toml:2:11: partition `far` is in no calling search space: nobody can dial `9!`",
    );
    wrong(
        "[[translation_pattern]]\npattern = \"9!\"\n",
        "lineside.toml:2:11: pattern `9!` means itself: give it `discard`, `mask`, `prefix` or `calling_search_space`",
    );
    wrong(
        "[[route_pattern]]\npattern = \"112\"\nblock = \"call-rejected\"\nemergency = true\n",
        "lineside.toml:2:11: pattern `112` is an emergency number, and those are not blocked",
    );
    wrong(
        "[[calling_search_space]]\nname = \"inland\"\npartitions = []\n[[line]]\nnumber = \"1001\"\ncalling_search_space = \"inlnd\"\n",
        "lineside.toml:6:24: there is no calling search space `inlnd`; did you mean `inland`?",
    );
    wrong(
        "[[line]]\nnumber = \"1001\"\nhotline = \"77\"\n",
        "lineside.toml:3:11: line 1001 would call 77 by itself: no such number, or none that this caller may dial",
    );
    wrong(
        "[[route_pattern]]\npattern = \"9!\"\nblock = \"never\"\n",
        "lineside.toml:3:9: `never` is no cause: write call-rejected, unallocated-number, number-changed, invalid-number, or 1 to 127",
    );
    wrong("[dial_plan]\ninbound = \"x\"\n", "lineside.toml:2:11: there is no calling search space `x`");
}
