#![allow(clippy::unwrap_used)]
use super::*;
use crate::{field::rng_from_seed, statement::{Precheck, Register, fixture}};
use hansa_primitives::{MemberId, Signer, SigningKey};
use std::time::Instant;

fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}

#[test]
fn timing() {
    let keys: Vec<SigningKey> = (1..3_u8).map(|s| SigningKey::from_seed(&[s; 32])).collect();
    let members: Vec<MemberId> = ["a", "b"].iter().map(|m| MemberId::new(*m).unwrap()).collect();
    let roster: Roster = members.iter().cloned().zip(keys.iter().map(|k| k.verifying_key())).collect();
    let mut rng = rng_from_seed([1; 32]);
    let mut t = Transcript::new("devnet");
    let mut log = Vec::new();
    let start = Instant::now();
    let mut mark = Instant::now();
    let mut lap = |name: &str, mark: &mut Instant| { log.push(format!("{name}: {:?} cpu {:.2}", mark.elapsed(), cpu())); *mark = Instant::now(); };
    for i in 0..2 {
        let c = Contributor { member: members[i].clone(), signer: &keys[i] };
        t.contribute_powers(&c, &mut rng).unwrap();
        lap("powers", &mut mark);
    }
    let f = t.finished().unwrap();
    lap("read", &mut mark);
    let basis = origin::Lagrange::of(&f.powers);
    lap("lagrange", &mut mark);
    t.prepare_one::<Precheck>(&f, &basis).unwrap();
    lap("precheck origin", &mut mark);
    t.prepare_one::<Register>(&f, &basis).unwrap();
    lap("register origin", &mut mark);
    for i in 0..2 {
        let c = Contributor { member: members[i].clone(), signer: &keys[i] };
        t.contribute::<Precheck>(&c, &mut rng).unwrap();
        lap("precheck contribute", &mut mark);
        t.contribute::<Register>(&c, &mut rng).unwrap();
        lap("register contribute", &mut mark);
    }
    let o = t.verify(&roster).unwrap();
    lap("verify", &mut mark);
    let (p, w) = fixture::precheck();
    o.precheck.prove(&p, &w, &mut rng).unwrap();
    lap("prove", &mut mark);
    o.precheck.prove(&p, &w, &mut rng).unwrap();
    lap("prove again", &mut mark);
    let (p, w) = fixture::second_step();
    o.register.prove(&p, &w, &mut rng).unwrap();
    lap("prove register", &mut mark);
    let shape = crate::statement::shape::Shape::of::<Precheck>().unwrap();
    let nnz: Vec<usize> = shape.matrices.iter().map(|m| m.iter().map(Vec::len).sum()).collect();
    panic!("{log:#?} total {:?} nnz {nnz:?}", start.elapsed());
}
