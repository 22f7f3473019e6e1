//! How long a number is followed through a dial plan: ten digits, one after the other, as a user dials them.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use exchange::explain::{Question, explain};
use exchange::plan::dial_plan::{Action, DialPlan, DialRules, Rule, Transform};
use exchange::plan::{Line, Plan};

/// So many routes with distinct beginnings, and those that overlap with all of them.
fn rules(count: usize) -> Vec<Rule> {
    let route = |pattern: String| {
        let action = Action::Route { trunk: 1, change: Transform::default() };
        Rule::new(pattern.parse().expect("a pattern"), action)
    };
    let mut rules: Vec<Rule> = (0..count).map(|n| route(format!("9{n:05}XXXX"))).collect();
    rules.extend(["9!", "9[2-9]XX[2-9]XXXXXX", "\\+!", "8XXX"].map(|pattern| route(pattern.into())));
    rules
}

fn plan(count: usize) -> Plan {
    let written = DialRules { rules: rules(count), ..DialRules::default() };
    let dial_plan = DialPlan::compile(written).expect("a dial plan");
    let mut plan = Plan { dial_plan, ..Plan::default() };
    plan.lines.insert("1001".into(), Line::default());
    plan
}

fn dial_plan(criterion: &mut Criterion) {
    for count in [1_000, 19_000] {
        let plan = plan(count);
        criterion.bench_function(&format!("dial_plan/match, {count} patterns"), |bencher| {
            bencher.iter(|| black_box(plan.dial_plan.best(black_box("9005001234"))));
        });
        let question = Question {
            from: "1001".into(),
            device: None,
            digits: "9005001234".into(),
            en_bloc: false,
            addresses: [None, None],
        };
        criterion.bench_function(&format!("dial_plan/explain key by key, {count} patterns"), |bencher| {
            bencher.iter(|| black_box(explain(&plan, black_box(&question))));
        });
    }
    criterion.bench_function("dial_plan/compile, 19000 patterns", |bencher| {
        bencher.iter_batched(
            || DialRules { rules: rules(19_000), ..DialRules::default() },
            |written| black_box(DialPlan::compile(written)),
            criterion::BatchSize::LargeInput,
        );
    });
}

criterion_group!(benches, dial_plan);
criterion_main!(benches);
