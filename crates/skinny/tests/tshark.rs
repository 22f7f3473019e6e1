//! probe
mod tshark {
    pub mod compare;
    pub mod fields;
    pub mod names;
    pub mod pcap;
    pub mod pdml;
    pub mod program;
    pub mod seeded;
    pub mod shape;
}
use std::collections::*;
use tshark::*;
#[test]
fn probe() {
    let mut frames = Vec::new();
    for entry in skinny::catalogue::CATALOGUE.iter().filter(|e| e.typed) {
        let variants = entry.variants();
        for version in [0u32, 10, 11, 15, 16, 17, 18, 19, 20, 21, 22] {
            let v = variants.iter().find(|v| (v.from..=v.to).contains(&(version as u8))).unwrap();
            for round in 0..6 {
                let mut r =
                    seeded::Seeded::new((u64::from(entry.id) << 16) + u64::from(version) * 256 + round);
                let body = shape::body(entry, &v.layout, version, &mut r);
                let mut f = fields::header(entry.id, version, &body).bytes().to_vec();
                f.extend(&body);
                frames.push(f);
            }
        }
    }
    std::fs::write("/tmp/d/all.pcap", pcap::file(&frames)).unwrap();
    let segs = program::dissect("/tmp/d/all.pcap");
    assert_eq!(segs.len(), frames.len());
    let mut agreed = 0;
    let mut all: BTreeMap<(u32, compare::Way, String), (BTreeSet<u32>, usize, String)> = BTreeMap::new();
    for (f, s) in frames.iter().zip(&segs) {
        let h = skinny::Header::read(f.first_chunk().unwrap());
        let body = &f[12..];
        let frame = skinny::Frame { header: h, body };
        let ours = fields::of(frame);
        if s.messages.len() != 1 {
            println!("{:#x} v{} messages {}", h.id, h.version, s.messages.len());
            continue;
        }
        let m = &s.messages[0];
        if m.malformed {
            println!("{:#x} v{} malformed {}", h.id, h.version, body.len());
        }
        assert_eq!((m.id, m.version), (h.id, h.version));
        let o = compare::compare(&ours, &m.fields, body);
        agreed += o.agreed;
        for d in o.differences {
            let e = all.entry((h.id, d.way, d.field)).or_default();
            e.0.insert(h.version);
            e.1 += 1;
            e.2 = d.found;
        }
    }
    println!("agreed {agreed}");
    for ((id, way, field), (vs, n, ex)) in all {
        println!("{id:#06x} {} {way:?} {field} {vs:?} x{n}  {ex}", skinny::catalogue::name(id));
    }
}
