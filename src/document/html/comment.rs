//! Where a comment ends [HTML, sections 13.2.5.43 to 13.2.5.52].

/// How far the end of a comment has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comment {
    Start,
    StartDash,
    Inside,
    EndDash,
    End,
    EndBang,
}

impl Comment {
    /// Takes one byte; nothing is left when the comment ends.
    ///
    /// The states of the standard for `<!--` inside a comment report errors only; they end where
    /// these end.
    pub(super) fn push(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Start | Self::StartDash | Self::End | Self::EndBang, b'>') => None,
            (Self::Start, b'-') => Some(Self::StartDash),
            (Self::Inside | Self::EndBang, b'-') => Some(Self::EndDash),
            (Self::StartDash | Self::EndDash | Self::End, b'-') => Some(Self::End),
            (Self::End, b'!') => Some(Self::EndBang),
            (
                Self::Start
                | Self::StartDash
                | Self::Inside
                | Self::EndDash
                | Self::End
                | Self::EndBang,
                _,
            ) => Some(Self::Inside),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes behind `<!--` belong to the comment.
    fn length(text: &str) -> usize {
        let mut comment = Comment::Start;
        for (place, byte) in text.bytes().enumerate() {
            match comment.push(byte) {
                Some(next) => comment = next,
                None => return place + 1,
            }
        }
        usize::MAX
    }

    #[test]
    fn comments_end_where_browsers_end_them() {
        for text in [">", "->", "-->", "--!>", "a-->", "a--->", "a--!>", "<!-->", "<!--->", "-a-->"]
        {
            assert_eq!(length(text), text.len(), "{text}");
        }
        for text in ["a>", "a->", "a-- >", "a--!-", "a--!->", "--!a>"] {
            assert_eq!(length(text), usize::MAX, "{text}");
        }
    }
}
