//! `make bench-apply`, first part: a roll-out of twenty tasks on four nodes by lvsctl, by ansible-core, by ansible-core with
//! mitogen and by pyinfra, in one run on the same nodes, beside the floor of four parallel `ssh NODE true`.
//!
//! lvsctl and Ansible have the very same inventory and playbook (`tests/bench/apply`), pyinfra the same in its own words;
//! what comes of it on a node is compared. *Fresh* is a node that a script has set back, *unchanged* the same roll-out once
//! more. All take their turns in every round. What a rival has for speed is on: pipelining, connections that stay open
//! from the fresh run to the unchanged one, a fork for each node, and an interpreter that need not be looked for.

mod rival;
mod scene;

use lvsctl_tests::{Times, load_average};

use rival::{Rival, Rivals};
use scene::Scene;

/// Rounds, and how many of them have a fresh roll-out: of the slowest it takes a minute.
const ROUNDS: usize = 3;
const FRESH: usize = 2;

/// How often what takes a second is measured in each round.
const SHORT: usize = 3;

#[expect(clippy::print_stdout, reason = "it is what a benchmark is for")]
fn main() {
    let rivals = Rivals::install();
    let scene = Scene::set(&rivals);
    println!("load average before: {}", load_average());

    let mut floor = Times::default();
    let mut rows = [Rival::Lvsctl, Rival::Pyinfra, Rival::Mitogen, Rival::Ansible]
        .map(|rival| (rival, Times::default(), Times::default()));
    let mut wanted = None;
    for round in 0..ROUNDS {
        for (rival, fresh, unchanged) in &mut rows {
            if round < FRESH {
                scene.reset();
                fresh.of(|| scene.roll_out(*rival));
                let state = scene.state();
                let first = wanted.get_or_insert_with(|| state.clone());
                if let Some((is, should)) = state.iter().zip(first.iter()).find(|(is, should)| is != should) {
                    panic!("{rival} made of a node:\n{is}\nand the first one:\n{should}");
                }
            }
            // Connections that another one left open, or closed since, are nobody's advantage.
            let times = if *rival == Rival::Lvsctl { SHORT } else { 1 };
            for _ in 0..times {
                floor.of(|| scene.floor());
                unchanged.of(|| scene.roll_out(*rival));
            }
            println!("round {} of {ROUNDS}: {rival}, fresh {fresh}, unchanged {unchanged}, floor {floor}", round + 1);
        }
    }

    println!(
        "20 tasks on 4 nodes; medians of {FRESH} fresh and {ROUNDS} unchanged rounds in turn (shortest to longest)"
    );
    println!("{:<44} {floor}", "floor, 4 parallel `ssh NODE true`");
    let [(_, our_fresh, our_unchanged), ..] = rows.clone();
    for (rival, fresh, unchanged) in rows {
        println!("{:<44} {fresh}, {:.1} × lvsctl", format!("{rival}, fresh"), fresh.median() / our_fresh.median());
        println!(
            "{:<44} {unchanged}, {:.1} × lvsctl, {:.2} × floor",
            format!("{rival}, unchanged"),
            unchanged.median() / our_unchanged.median(),
            unchanged.median() / floor.median(),
        );
    }
    println!("the aim for lvsctl, unchanged: at most 1.5 × floor, and every other at least 5 × lvsctl");
    println!("load average after: {}", load_average());
}
