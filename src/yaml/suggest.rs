//! "Did you mean": the nearest of the words that would have been right.

/// Gives the candidate nearest to a misspelt word, when one is near enough to be meant.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits between two words: letters put in, taken out, replaced, or two neighbours swapped.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(64).collect();
    let right: Vec<char> = right.chars().take(64).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    let mut previous_left = None;
    for (i, a) in left.iter().enumerate() {
        let mut next = vec![i + 1];
        let mut previous_right = None;
        for (j, b) in right.iter().enumerate() {
            let at =
                |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX);
            let replaced = at(&row, j).saturating_add(usize::from(a != b));
            let removed = at(&row, j + 1).saturating_add(1);
            let added = at(&next, j).saturating_add(1);
            let mut best = replaced.min(removed).min(added);
            let swapped = previous_left == Some(b) && previous_right == Some(a);
            if swapped && let Some(index) = j.checked_sub(1) {
                best = best.min(at(&before, index).saturating_add(1));
            }
            next.push(best);
            previous_right = Some(b);
        }
        previous_left = Some(a);
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(left.len())
}
