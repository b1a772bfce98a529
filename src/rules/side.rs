//! The two legs of an exchange, and what each does to what its rules select.

use crate::document::Readings;
use crate::rules::file::Direction;

/// One half of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// From the client to the upstream.
    Request,
    /// From the upstream to the client.
    Response,
}

/// What a leg does to what its rules select.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Treatment {
    /// Values become tokens.
    Protect,
    /// Tokens become values.
    Reveal,
}

impl Treatment {
    /// Returns which readings of a document count: all common ones where values become tokens.
    pub fn readings(self) -> Readings {
        match self {
            Self::Protect => Readings::All,
            Self::Reveal => Readings::Standard,
        }
    }
}

impl Side {
    /// Returns what this leg does on a route of this direction.
    pub fn treatment(self, direction: Direction) -> Treatment {
        match (self, direction) {
            (Self::Request, Direction::Ingress) | (Self::Response, Direction::Egress) => {
                Treatment::Protect
            }
            (Self::Request, Direction::Egress) | (Self::Response, Direction::Ingress) => {
                Treatment::Reveal
            }
        }
    }

    /// Returns the value of the label `leg` in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}
