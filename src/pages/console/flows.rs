//! `/console/flows`: where data really goes, as a picture and as a list.
//!
//! The picture has three columns: where data comes from, its class, who gets it. A band is as wide as the
//! root of its share, so that rare flows are seen, too.

use askama::Template;

use crate::base::DataClass;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Shared;
use crate::pages::text::Staff;

/// Flows that the picture has room for; the list has all.
const DRAWN: usize = 12;

/// Shows the map of flows, as a picture and as a list.
#[derive(Debug, Template)]
#[template(path = "console/flows.html")]
pub struct Flows {
    /// The frame of the page.
    pub frame: Frame,
    /// The flows, the busiest first.
    pub flows: Vec<Flow>,
    /// Over how many days they are counted.
    pub days: u64,
}

/// Data of one class that goes from one place to another.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The application that it comes from.
    pub from: String,
    /// The class of the values.
    pub class: DataClass,
    /// Who gets it: a group or a partner.
    pub to: String,
    /// The country of who gets it.
    pub country: Option<String>,
    /// What for, by the activities that cover it; none: no activity does.
    pub activities: Vec<String>,
    /// Values in the time that is counted.
    pub count: u64,
}

/// A picture's node: a box with a name.
#[derive(Debug)]
struct Node {
    name: String,
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

/// A picture's band, from a box to the next column.
#[derive(Debug)]
struct Band {
    path: String,
    is_covered: bool,
}

/// A picture, in units of its view box.
#[derive(Debug)]
struct Picture {
    height: u32,
    columns: [Vec<Node>; 3],
    bands: Vec<Band>,
}

/// Left edges of the three columns; a box is [`BOX`] wide.
const LEFT: [u32; 3] = [0, 420, 840];
const BOX: u32 = 160;
const GAP: u32 = 18;
const LEAST: u32 = 22;

impl Flows {
    /// Returns the picture of the busiest flows.
    fn picture(&self) -> Picture {
        let drawn: Vec<&Flow> = self.flows.iter().take(DRAWN).collect();
        let all: u64 = drawn.iter().fold(0, |sum, flow| sum.saturating_add(flow.count));
        let names: Vec<[String; 3]> = drawn
            .iter()
            .map(|flow| {
                [flow.from.clone(), self.frame.class(&flow.class).into_owned(), flow.to.clone()]
            })
            .collect();
        let widths: Vec<u32> = drawn.iter().map(|flow| width(flow.count, all)).collect();
        let columns = [0, 1, 2].map(|column| stack(&names, &widths, column));
        let height = columns.iter().flatten().map(|node| node.y + node.height).max().unwrap_or(0);
        let mut bands = Vec::new();
        for column in 0..2 {
            let paths = between(&columns, &names, &widths, column).into_iter();
            bands.extend(
                paths
                    .zip(&drawn)
                    .map(|(path, flow)| Band { path, is_covered: !flow.activities.is_empty() }),
            );
        }
        Picture { height, columns, bands }
    }

    fn is_longer(&self) -> bool {
        self.flows.len() > DRAWN
    }
}

/// Returns the width of a band: more for more values, and never too thin to see.
fn width(count: u64, all: u64) -> u32 {
    let share = u128::from(count).saturating_mul(10_000) / u128::from(all.max(1));
    let root = u32::try_from(share).unwrap_or(10_000).isqrt();
    LEAST + root * 60 / 100
}

/// Returns the boxes of a column, one for each name, one below the other.
fn stack(names: &[[String; 3]], widths: &[u32], column: usize) -> Vec<Node> {
    let x = LEFT.get(column).copied().unwrap_or_default();
    let mut nodes: Vec<Node> = Vec::new();
    for (name, width) in names.iter().filter_map(|names| names.get(column)).zip(widths) {
        match nodes.iter_mut().find(|node| node.name == *name) {
            Some(node) => node.height += width,
            None => nodes.push(Node { name: name.clone(), x, y: 0, width: BOX, height: *width }),
        }
    }
    let mut y = 0;
    for node in &mut nodes {
        node.y = y;
        y += node.height + GAP;
    }
    nodes
}

/// Returns the bands from a column to the next, one for each flow.
fn between(
    columns: &[Vec<Node>; 3],
    names: &[[String; 3]],
    widths: &[u32],
    column: usize,
) -> Vec<String> {
    let mut filled: [Vec<u32>; 2] = [0, 1].map(|side| {
        columns.get(column + side).map(|nodes| vec![0; nodes.len()]).unwrap_or_default()
    });
    let mut bands = Vec::with_capacity(names.len());
    for (flow, width) in names.iter().zip(widths) {
        let mut top = [0, 0];
        for (side, top) in top.iter_mut().enumerate() {
            let (Some(nodes), Some(name)) = (columns.get(column + side), flow.get(column + side))
            else {
                continue;
            };
            let Some(index) = nodes.iter().position(|node| node.name == *name) else { continue };
            if let (Some(node), Some(used)) =
                (nodes.get(index), filled.get_mut(side).and_then(|side| side.get_mut(index)))
            {
                *top = node.y + *used;
                *used += width;
            }
        }
        let left = LEFT.get(column).map_or(0, |x| x + BOX);
        let right = LEFT.get(column + 1).copied().unwrap_or_default();
        let middle = u32::midpoint(left, right);
        let [from, to] = top;
        bands.push(format!(
            "M{left} {from}C{middle} {from} {middle} {to} {right} {to}V{}C{middle} {} {middle} {} {left} {}Z",
            to + width,
            to + width,
            from + width,
            from + width,
        ));
    }
    bands
}

impl Node {
    /// Returns as much of the name as the box has room for.
    fn label(&self) -> String {
        let mut letters = self.name.chars();
        let label: String = letters.by_ref().take(18).collect();
        if letters.next().is_some() { format!("{label}…") } else { label }
    }

    fn label_x(&self) -> u32 {
        self.x + 10
    }

    fn middle(&self) -> u32 {
        self.y + self.height / 2 + 5
    }
}

pages!(Flows);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_hold_all_their_bands_and_do_not_touch() {
        let names =
            [["a", "x", "p"], ["a", "y", "q"], ["b", "x", "q"]].map(|flow| flow.map(String::from));
        let widths = [30, 20, 10];
        let columns = [0, 1, 2].map(|column| stack(&names, &widths, column));
        let found: Vec<Vec<_>> = columns
            .iter()
            .map(|nodes| {
                nodes.iter().map(|node| (node.name.as_str(), node.y, node.height)).collect()
            })
            .collect();
        assert_eq!(found[0], [("a", 0, 50), ("b", 50 + GAP, 10)]);
        assert_eq!(found[1], [("x", 0, 40), ("y", 40 + GAP, 20)]);
        let bands = between(&columns, &names, &widths, 0);
        assert!(bands[0].starts_with("M160 0C") && bands[1].starts_with("M160 30C"), "{bands:?}");
        assert!(bands[2].contains(" 420 30V40"), "{bands:?}");
    }

    #[test]
    fn no_band_is_too_thin_or_too_wide() {
        assert_eq!(width(0, 0), LEAST);
        assert_eq!(width(u64::MAX, u64::MAX), LEAST + 60);
        assert!(width(1, 1_000_000) >= LEAST);
    }
}
