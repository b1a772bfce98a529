//! Selectors and JSON texts from a small grammar: all of them are valid, and they meet.

use crate::Dice;

const NAMES: [&str; 5] = ["a", "b", "c", "email", ""];

/// A query.
pub fn query(dice: &mut Dice<'_>) -> String {
    let mut out = "$".to_owned();
    segments(dice, 2, &mut out);
    out
}

fn segments(dice: &mut Dice<'_>, deep: usize, out: &mut String) {
    for _ in 0..dice.below(4) {
        let start = if dice.below(4) == 0 { "..[" } else { "[" };
        out.push_str(start);
        for number in 0..=dice.below(2) {
            if number > 0 {
                out.push(',');
            }
            pick(dice, deep, out);
        }
        out.push(']');
    }
}

fn pick(dice: &mut Dice<'_>, deep: usize, out: &mut String) {
    match dice.below(8) {
        0 => out.push('*'),
        1 => out.push_str(dice.pick(&["0", "1", "2", "-1", "-2", "9007199254740991"])),
        2 => out.push_str(
            dice.pick(&[":", "1:", ":2", "1:3", "::0", "::2", "::-1", "-2:", "3:0:-2", ":-1"]),
        ),
        3 | 4 if deep > 0 => {
            out.push('?');
            test(dice, deep - 1, out);
        }
        _ => {
            out.push('\'');
            out.push_str(dice.pick(&NAMES));
            out.push('\'');
        }
    }
}

fn test(dice: &mut Dice<'_>, deep: usize, out: &mut String) {
    let path = |dice: &mut Dice<'_>, out: &mut String| {
        out.push_str(dice.pick(&["@", "@", "$"]));
        segments(dice, deep, out);
    };
    let singular = |dice: &mut Dice<'_>, out: &mut String| {
        out.push_str(dice.pick(&["@", "@.a", "@.b.a", "@[0]", "@[-1]", "$.a", "$[0].b"]));
    };
    match dice.below(8) {
        0 | 1 => path(dice, out),
        2 => {
            out.push('!');
            path(dice, out);
        }
        3 => {
            singular(dice, out);
            out.push_str(dice.pick(&["==", "!=", "<", "<=", ">", ">="]));
            out.push_str(dice.pick(&[
                "1",
                "'a'",
                "null",
                "true",
                "-0",
                "1e400",
                "1.0",
                "\"\\u0061\"",
            ]));
        }
        4 => {
            singular(dice, out);
            out.push_str(dice.pick(&["==", "!=", "<", ">="]));
            singular(dice, out);
        }
        5 => {
            out.push_str(dice.pick(&["count(", "length(value("]));
            let value = out.ends_with("value(");
            path(dice, out);
            out.push_str(if value { "))" } else { ")" });
            out.push_str(dice.pick(&["==1", ">0", "<2"]));
        }
        6 => {
            out.push_str(dice.pick(&["match(", "search("]));
            singular(dice, out);
            out.push_str(dice.pick(&[",'[a-c].*')", ",'1')", ",'')", ",'[^a]')"]));
        }
        _ if deep > 0 => {
            out.push('(');
            test(dice, deep - 1, out);
            out.push_str(dice.pick(&["&&", "||"]));
            test(dice, deep - 1, out);
            out.push(')');
        }
        _ => out.push_str("@.a"),
    }
}

/// A JSON text; every byte is a step.
pub fn json(steps: &[u8]) -> String {
    let mut steps = steps.iter().copied();
    let mut out = String::new();
    value(&mut steps, 0, &mut out);
    out
}

fn value(steps: &mut impl Iterator<Item = u8>, deep: usize, out: &mut String) {
    let step = steps.next().unwrap_or(0);
    match step % 8 {
        5 if deep < 6 => {
            out.push('[');
            for number in 0..step / 8 % 5 {
                if number > 0 {
                    out.push_str(", ");
                }
                value(steps, deep + 1, out);
            }
            out.push(']');
        }
        6 | 7 if deep < 6 => {
            out.push('{');
            let count = usize::from(step / 8) % (NAMES.len() + 1);
            for (number, name) in
                NAMES.iter().cycle().skip(usize::from(step / 64)).take(count).enumerate()
            {
                if number > 0 {
                    out.push(',');
                }
                out.push_str(&format!("\"{name}\":"));
                value(steps, deep + 1, out);
            }
            out.push('}');
        }
        other => {
            let scalars = [
                "1",
                "\"a\"",
                "null",
                "true",
                "-1.50e1",
                "\"\\u0061b\"",
                "12345678901234567890",
                "\"\"",
            ];
            out.push_str(scalars[usize::from(other + step / 32) % scalars.len()]);
        }
    }
}
