//! `$util.autoId` and its kin. They draw from the host's deterministic stream, so that a replay repeats itself.

use super::{Helper, Host};
use crate::value::Value;

const PAGE: &str = "utility-helpers-in-util";
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Second zero of a KSUID: 2014-05-13T16:53:20Z.
const KSUID_EPOCH: i64 = 1_400_000_000;

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.autoId",
        overloads: &[&[]],
        returns: "String",
        doc: "A random UUID of version 4, lower-case. A replay draws it from a fixed stream.",
        source: PAGE,
        unverified: "",
        examples: &[("#set($id = $util.autoId())$id.length()", "36")],
        run: |host, _| Ok(Value::from(uuid(random(host)))),
    },
    Helper {
        path: "util.autoUlid",
        overloads: &[&[]],
        returns: "String",
        doc: "A ULID: 26 characters of Crockford's base 32, sortable by time.",
        source: PAGE,
        unverified: "",
        examples: &[("#set($id = $util.autoUlid())$id.length()", "26")],
        run: |host, _| Ok(Value::from(ulid(host.env.now_ms, random(host)))),
    },
    Helper {
        path: "util.autoKsuid",
        overloads: &[&[]],
        returns: "String",
        doc: "A KSUID: 27 characters of base 62, sortable by time.",
        source: PAGE,
        unverified: "",
        examples: &[("#set($id = $util.autoKsuid())$id.length()", "27")],
        run: |host, _| Ok(Value::from(ksuid(host.env.now_ms, random(host)))),
    },
];

fn random(host: &Host<'_>) -> u128 {
    let high = u128::from(host.env.next_random());
    (high << 64) | u128::from(host.env.next_random())
}

fn uuid(random: u128) -> String {
    let version_and_variant = (random & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{version_and_variant:032x}");
    let mut out = String::with_capacity(36);
    for (index, digit) in hex.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(digit);
    }
    out
}

/// 48 bits of milliseconds, 80 random ones.
fn ulid(now_ms: i64, random: u128) -> String {
    let time = u128::try_from(now_ms).unwrap_or(0) & ((1 << 48) - 1);
    let bits = (time << 80) | (random & ((1 << 80) - 1));
    (0..26).rev().map(|place| digit(CROCKFORD, bits >> (5 * place))).collect()
}

/// 32 bits of seconds, 128 random ones, as 27 digits of base 62. The 160 bits do not fit an integer, so the
/// division runs over five 32-bit words.
fn ksuid(now_ms: i64, random: u128) -> String {
    let seconds = now_ms.div_euclid(1000).saturating_sub(KSUID_EPOCH).clamp(0, i64::from(u32::MAX));
    let mut words = [u64::try_from(seconds).unwrap_or(0), 0, 0, 0, 0];
    for (word, shift) in words.iter_mut().skip(1).zip([96, 64, 32, 0]) {
        *word = u64::try_from((random >> shift) & 0xffff_ffff).unwrap_or(0);
    }
    let mut digits: Vec<char> = (0..27)
        .map(|_| {
            let mut remainder = 0;
            for word in &mut words {
                let dividend = (remainder << 32) | *word;
                *word = dividend / 62;
                remainder = dividend % 62;
            }
            digit(BASE62, u128::from(remainder))
        })
        .collect();
    digits.reverse();
    digits.into_iter().collect()
}

fn digit(alphabet: &[u8], value: u128) -> char {
    let index = usize::try_from(value % (alphabet.len() as u128)).unwrap_or(0);
    alphabet.get(index).copied().map_or('0', char::from)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW_MS, call_in};
    use super::*;
    use crate::limits::Env;

    #[test]
    fn a_uuid_has_version_and_variant() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn a_ulid_carries_the_time() {
        // The specification's example: 01ARYZ6S41 is 1469918176385.
        assert_eq!(ulid(1_469_918_176_385, 0), "01ARYZ6S410000000000000000");
        assert_eq!(ulid((1 << 48) - 1, u128::MAX), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    }

    #[test]
    fn a_ksuid_is_the_160_bit_number_in_base_62() {
        // The reference implementation's example: 0ujtsYcgvSTl8PAuAdqWYSMnLOv.
        let payload = 0xB5A1_CD34_B5F9_9D11_54FB_6853_345C_9735;
        assert_eq!(ksuid((KSUID_EPOCH + 107_608_047) * 1000, payload), "0ujtsYcgvSTl8PAuAdqWYSMnLOv");
        assert_eq!(ksuid((KSUID_EPOCH + i64::from(u32::MAX)) * 1000, u128::MAX), "aWgEPTl1tmebfsQzFP4bxwgy80V");
        assert_eq!(ksuid(0, 0), "0".repeat(27));
    }

    #[test]
    fn ids_differ_within_a_run_and_repeat_between_runs() {
        let draw = || {
            let env = Env::at(NOW_MS);
            let mut host = Host::new(&env, "");
            let mut one = |path| call_in(&mut host, path, &[]).unwrap().as_str().unwrap().to_owned();
            [one("util.autoId"), one("util.autoId"), one("util.autoUlid"), one("util.autoKsuid")]
        };
        let (first, second) = (draw(), draw());
        assert_eq!(first, second);
        assert_ne!(first[0], first[1]);
        assert_eq!(first.map(|id| id.len()), [36, 36, 26, 27]);
    }
}
