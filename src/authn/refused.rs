//! Why a credential was not accepted.

use std::fmt;

/// Why a caller was refused. Says nothing of what the credential was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refused {
    /// A header that carries a credential or the purpose is there twice.
    CredentialRepeated,
    /// The API key is not of our form.
    ApiKeyMalformed,
    /// No API key like this is known.
    ApiKeyUnknown,
    /// The API key's time is over.
    ApiKeyExpired,
    /// The Bearer token is not a signed JWT ([RFC 7519]).
    TokenMalformed,
    /// The token's `iss` is not a configured issuer.
    TokenIssuer,
    /// The token's `alg` is not an accepted one.
    TokenAlgorithm,
    /// The token's `typ` says that it is for something else ([RFC 8725, section 3.11]).
    TokenType,
    /// The token has a `crit` header, and no extension is supported ([RFC 7515, section 4.1.11]).
    TokenCritical,
    /// The key set has no key for this token.
    TokenKeyUnknown,
    /// The signature is wrong.
    TokenSignature,
    /// `exp` is past, or is not there.
    TokenExpired,
    /// `nbf` lies in the future, by more than the leeway.
    TokenNotYetValid,
    /// `aud` does not name us.
    TokenAudience,
    /// `sub` is not there, or not usable as a name.
    TokenSubject,
    /// The name, or that of a group, begins with what another issuer's names begin with.
    NameOfAnother,
    /// A claim that the configuration names has a form that policies cannot read.
    TokenClaim,
    /// The purpose is not of the form 1 to 64 characters of `a-z 0-9 . _ -`.
    PurposeMalformed,
    /// The purpose header says something else than the token.
    PurposeConflict,
    /// The issuer's keys could not be fetched; the caller may be right.
    KeysUnavailable,
    /// Who the caller is was asked, and no answer came in time.
    ForwardAuthUnreachable,
    /// The answer has a status that says neither who the caller is nor that they are nobody.
    ForwardAuthStatus,
    /// The answer says that it knows the caller, and not, or not in one way, who it is.
    ForwardAuthAnswer,
}

impl Refused {
    /// Every reason, for tables of metrics and documents.
    pub const ALL: [Self; 23] = [
        Self::CredentialRepeated,
        Self::ApiKeyMalformed,
        Self::ApiKeyUnknown,
        Self::ApiKeyExpired,
        Self::TokenMalformed,
        Self::TokenIssuer,
        Self::TokenAlgorithm,
        Self::TokenType,
        Self::TokenCritical,
        Self::TokenKeyUnknown,
        Self::TokenSignature,
        Self::TokenExpired,
        Self::TokenNotYetValid,
        Self::TokenAudience,
        Self::TokenSubject,
        Self::NameOfAnother,
        Self::TokenClaim,
        Self::PurposeMalformed,
        Self::PurposeConflict,
        Self::KeysUnavailable,
        Self::ForwardAuthUnreachable,
        Self::ForwardAuthStatus,
        Self::ForwardAuthAnswer,
    ];

    /// The reason in problems, audit events and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::CredentialRepeated => "credential-repeated",
            Self::ApiKeyMalformed => "api-key-malformed",
            Self::ApiKeyUnknown => "api-key-unknown",
            Self::ApiKeyExpired => "api-key-expired",
            Self::TokenMalformed => "token-malformed",
            Self::TokenIssuer => "token-issuer",
            Self::TokenAlgorithm => "token-algorithm",
            Self::TokenType => "token-type",
            Self::TokenCritical => "token-critical",
            Self::TokenKeyUnknown => "token-key-unknown",
            Self::TokenSignature => "token-signature",
            Self::TokenExpired => "token-expired",
            Self::TokenNotYetValid => "token-not-yet-valid",
            Self::TokenAudience => "token-audience",
            Self::TokenSubject => "token-subject",
            Self::NameOfAnother => "name-of-another",
            Self::TokenClaim => "token-claim",
            Self::PurposeMalformed => "purpose-malformed",
            Self::PurposeConflict => "purpose-conflict",
            Self::KeysUnavailable => "keys-unavailable",
            Self::ForwardAuthUnreachable => "forward-auth-unreachable",
            Self::ForwardAuthStatus => "forward-auth-status",
            Self::ForwardAuthAnswer => "forward-auth-answer",
        }
    }

    /// Whether the fault is not the caller's: the same request may pass a moment later.
    pub fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::KeysUnavailable
                | Self::ForwardAuthUnreachable
                | Self::ForwardAuthStatus
                | Self::ForwardAuthAnswer
        )
    }

    /// Whether the request is badly formed, whoever sends it (400), rather than its sender unknown
    /// (401).
    pub fn is_malformed_request(self) -> bool {
        matches!(self, Self::CredentialRepeated | Self::PurposeMalformed | Self::PurposeConflict)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl std::error::Error for Refused {}
