//! Tables without rules.

use crate::render::style::Style;
use unicode_width::UnicodeWidthStr as _;

/// Spaces between two columns, behind the wider of their cells.
const GAP: usize = 2;

/// The widest column. What is longer, as an alias in a hostile file can be, pushes aside what stands behind it in
/// its own line, and does not fill all others with blanks.
const WIDEST: usize = 100;

/// The cells of one line. They are one text, because a list has them by the hundred thousand.
pub(crate) struct Cells(String);

impl Cells {
    /// What ends a cell, and stands in none: what is shown has no control characters.
    const END: char = '\n';

    pub(crate) fn new<const COLUMNS: usize>(cells: [&str; COLUMNS]) -> Self {
        let mut text = String::with_capacity(cells.iter().map(|cell| cell.len() + 1).sum());
        for cell in cells {
            text.push_str(cell);
            text.push(Self::END);
        }
        Self(text)
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split_terminator(Self::END)
    }
}

/// A table, the headings first; cells that have no heading are left out. `paint` puts the colours on each line,
/// which is that of the row at this position: inside of a cell they would count as its width.
pub(crate) fn table(
    headings: &[&str],
    rows: &[Cells],
    style: Style,
    paint: impl Fn(usize, &str) -> String,
) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| width(heading)).collect();
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row.iter()) {
            *widest = width(cell).clamp(*widest, WIDEST);
        }
    }
    let longest = widths.iter().map(|width| width + GAP).sum::<usize>() + 1;
    let mut text = String::with_capacity((rows.len() + 1) * longest);
    let mut line = String::with_capacity(longest);
    align(headings.iter().copied(), &widths, &mut line);
    text += &style.bold(&line);
    text.push('\n');
    for (position, row) in rows.iter().enumerate() {
        align(row.iter(), &widths, &mut line);
        text += &paint(position, &line);
        text.push('\n');
    }
    text
}

/// Puts a line of cells into `line`, without blanks at its end.
fn align<'c>(cells: impl Iterator<Item = &'c str>, widths: &[usize], line: &mut String) {
    line.clear();
    for (cell, widest) in cells.zip(widths) {
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', widest.saturating_sub(width(cell)) + GAP));
    }
    line.truncate(line.trim_end().len());
}

/// The columns that a cell takes, which has no control characters. Most cells have ASCII alone.
fn width(cell: &str) -> usize {
    if cell.is_ascii() { cell.len() } else { cell.width() }
}

#[cfg(test)]
mod tests {
    use super::{Cells, GAP, WIDEST, table};
    use crate::render::style::Style;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_empty_cells_are_cells() {
        let rows = [Cells::new(["a", "", "left out"]), Cells::new(["", "ééé", ""])];
        let plain = |_: usize, line: &str| line.to_owned();
        assert_eq!(table(&["", "NAME"], &rows, Style::new(false), plain), "   NAME\na\n   ééé\n");
        let numbered = |position: usize, line: &str| format!("{position}{line}");
        let painted = table(&["X"], &rows, Style::new(true), numbered);
        assert_eq!(painted, "\x1b[1mX\x1b[0m\n0a\n1\n");
        assert_eq!(table(&["X"], &[], Style::new(false), plain), "X\n");
    }

    #[test]
    fn long_cell_widens_no_other_line_beyond_bounds() {
        let long = "x".repeat(10 * WIDEST);
        let rows = [Cells::new([&long, "end"]), Cells::new(["short", "end"])];
        let text = table(&["A", "B"], &rows, Style::new(false), |_, line| line.to_owned());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], long + "  end");
        assert_eq!(lines[2].len(), WIDEST + GAP + "end".len());
    }
}
