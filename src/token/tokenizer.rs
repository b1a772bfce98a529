//! The tokenizer of a tenant.

use std::fmt;

use crate::base::ClassCode;
use crate::base::Kind;
use crate::base::Principal;
use crate::base::PrincipalKind;
use crate::base::Sensitive;
use crate::base::Span;
use crate::base::StoreKey;
use crate::base::SubjectHandle;
use crate::base::SubjectTag;
use crate::base::TenantId;
use crate::crypto::Keyring;
use crate::crypto::OpenError;
use crate::crypto::RecordContext;
use crate::crypto::Sealed;
use crate::crypto::TenantKeys;
use crate::crypto::length_prefixed;

use super::canonical;
use super::canonical::Canonical;
use super::class::Class;
use super::class::Shape;
use super::find;
use super::person::PersonToken;
use super::text::Candidate;
use super::text::TOKEN_BYTES;
use super::text::Token;

/// The domain of e-mail shaped tokens until a deployment sets its own; tokens at it are recognised
/// for ever ([RFC 2606, section 3]: nobody receives mail there).
pub const DEFAULT_EMAIL_DOMAIN: &str = "token.example.com";

/// First byte of what an alias is derived from.
const ALIAS: u8 = 0x02;
/// First byte of what the reference of a person is derived from.
const SUBJECT: u8 = 0x03;
/// First byte of what a token body is derived from; another construction would take another.
const BODY: u8 = 0x01;
/// The determinism scope of a whole tenant: `LP("")`.
const WHOLE_TENANT: [u8; 4] = [0; 4];

/// Makes, recognises, spells and locates tokens of one tenant, and seals what they stand for.
///
/// Costs no lock and no input or output; share it in an `Arc`. Two made from the same keyring,
/// tenant and domain do the same.
pub struct Tokenizer {
    keys: TenantKeys,
    email_domain: Box<str>,
}

/// A token, and where its record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Derived {
    /// The token that stands for the value.
    pub token: Token,
    /// Where its record lies.
    pub key: StoreKey,
}

/// Whose data a record is. Text is always a person: no text stands for [`Subject::Unbound`], so
/// nobody becomes the owner of unbound records by choosing a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// Nobody known, as at a sign-up.
    Unbound,
    /// The person of this identifier.
    Person(&'a str),
}

impl Tokenizer {
    /// The subject of records whose owner is not known.
    pub const UNBOUND: Subject<'static> = Subject::Unbound;

    /// Gives the tokenizer of a tenant; `email_domain` is where its e-mail shaped tokens live.
    pub fn new(keyring: &Keyring, tenant: &TenantId, email_domain: &str) -> Self {
        let keys = TenantKeys::new(keyring, tenant);
        Self { keys, email_domain: email_domain.to_ascii_lowercase().into() }
    }

    /// Gives the token of a value, and where its record lies. `regen` is 0, or counts up when the
    /// vault holds another value there.
    pub fn derive(&self, class: &Class, value: &str, kind: Kind, regen: u8) -> Derived {
        let canonical = Canonical::of(class, value, kind);
        let [tag, text] = canonical.parts();
        let body = self.keys.class(class.code).token();
        let body = body.short_tag(&[&[BODY, regen], &WHOLE_TENANT, tag, text]);

        let (generation, check) = self.keys.active_check();
        let token = Token::assemble(generation, class.code, body, check);
        Derived { token, key: self.key(&token) }
    }

    /// Gives the token that the whole text is: plain, or at one of our domains, in any letter case.
    pub fn recognise(&self, text: &str) -> Option<Token> {
        let (token, rest) = text.as_bytes().split_at_checked(TOKEN_BYTES)?;
        match rest.split_first() {
            None => {}
            Some((b'@', domain)) if self.own_domain(domain) == Some(domain.len()) => {}
            Some(_) => return None,
        }
        self.verify(Candidate::read(token)?)
    }

    /// Finds the tokens inside a decoded text, plain or at one of our domains, in any letter case,
    /// where neither neighbour is an ASCII letter or digit. The spans do not overlap and rise.
    pub fn find(&self, haystack: &[u8]) -> Vec<(Span, Token)> {
        find::find(self, haystack)
    }

    /// Finds the different tokens in some pieces of a message that no rule selects: in the spellings that
    /// readers undo ([`each_reading`](crate::document::each_reading)), and cut by what they take out.
    pub fn find_spelled<'p>(&self, pieces: impl Iterator<Item = &'p [u8]>) -> Vec<Token> {
        find::find_spelled(self, pieces)
    }

    /// Writes a token in the shape of its class.
    pub fn spell(&self, class: &Class, token: &Token, out: &mut String) {
        out.push_str(token.as_str());
        match class.shape {
            Shape::Plain => {}
            Shape::Email => {
                out.push('@');
                out.push_str(&self.email_domain);
            }
        }
    }

    /// Where the record of a token lies.
    pub fn key(&self, token: &Token) -> StoreKey {
        StoreKey(self.keys.store().short_tag(&[token.as_bytes()]))
    }

    /// Returns what is stored of a value: see [`canonical::stored`].
    pub fn stored<'v>(&self, class: &Class, value: &'v str, kind: Kind) -> &'v str {
        canonical::stored(class, value, kind)
    }

    /// Seals a value for its place. The same arguments give the same bytes.
    pub fn seal(&self, code: ClassCode, key: &StoreKey, value: &str, kind: Kind) -> Vec<u8> {
        self.keys.class(code).sealing().seal(self.context(code, key), value, kind)
    }

    /// Opens what [`Tokenizer::seal`] gave for the same class and place; refuses everything else.
    pub fn open_record(
        &self,
        code: ClassCode,
        key: &StoreKey,
        record: &[u8],
    ) -> Result<(Sensitive<String>, Kind), OpenError> {
        let sealed = Sealed::parse(record)?;
        let id = sealed.key_id();
        let opener = self.keys.class(code).record(id).ok_or(OpenError::NoKey { id })?;
        opener.open(self.context(code, key), sealed)
    }

    /// Whether a value is the same as a stored one in its class. If not, their common token is a
    /// collision, to be resolved by the next `regen`.
    pub fn same(&self, class: &Class, value: &str, kind: Kind, stored: (&str, Kind)) -> bool {
        Canonical::of(class, value, kind).parts()
            == Canonical::of(class, stored.0, stored.1).parts()
    }

    /// Makes a token of a person from 16 random bytes.
    pub fn person(&self, random: [u8; 16]) -> PersonToken {
        PersonToken::assemble(random, self.keys.uuid_check())
    }

    /// Gives the token of a person that the whole text is: a UUID with hyphens, in any letter case.
    pub fn recognise_person(&self, text: &str) -> Option<PersonToken> {
        PersonToken::read(text, self.keys.uuid_check())
    }

    /// The pseudonym of a subject in the vault's index: the same for all its records.
    pub fn handle<'a>(&self, subject: impl Into<Subject<'a>>) -> SubjectHandle {
        let prf = self.keys.subject_handle();
        SubjectHandle(match subject.into() {
            Subject::Unbound => prf.short_tag(&[]),
            Subject::Person(name) => prf.short_tag(&[&length_prefixed(name.as_bytes())]),
        })
    }

    /// The proof on one record that it is a subject's; differs from record to record.
    pub fn tag<'a>(&self, key: &StoreKey, subject: impl Into<Subject<'a>>) -> SubjectTag {
        let prf = self.keys.subject_tag();
        let record = length_prefixed(&key.0);
        SubjectTag(match subject.into() {
            Subject::Unbound => prf.short_tag(&[&record]),
            Subject::Person(name) => prf.short_tag(&[&record, &length_prefixed(name.as_bytes())]),
        })
    }

    /// What audit events say in place of a token.
    pub fn reference(&self, token: &Token) -> [u8; 16] {
        self.keys.audit_reference().short_tag(&[token.as_bytes()])
    }

    /// What audit events say in place of a caller's name that may be somebody's address. Tokens begin
    /// with `c`, so no name has the reference of a token.
    fn alias(&self, name: &str) -> [u8; 16] {
        self.keys.audit_reference().short_tag(&[&[ALIAS], name.as_bytes()])
    }

    /// What audit events say in place of a person: the same for all that is done with what is kept of them.
    pub fn subject_reference(&self, person: &SubjectHandle) -> [u8; 16] {
        self.keys.audit_reference().short_tag(&[&[SUBJECT], &person.0])
    }

    /// What audit events say in place of a caller's name, when the name looks like an address: identity
    /// providers use those as `sub`, and the journal holds no clear value. Names of API keys are ours.
    pub fn alias_of(&self, principal: &Principal) -> Option<[u8; 16]> {
        let is_address = principal.kind() == PrincipalKind::User && principal.id().contains('@');
        is_address.then(|| self.alias(principal.id()))
    }

    /// Gives the token when the check of its generation is right.
    pub(super) fn verify(&self, candidate: Candidate) -> Option<Token> {
        candidate.verify(self.keys.check(candidate.generation())?)
    }

    /// Length of the domain of ours that the text starts with and that ends there; none when the
    /// domain goes on or is somebody else's.
    pub(super) fn own_domain(&self, text: &[u8]) -> Option<usize> {
        let ours = [&*self.email_domain, DEFAULT_EMAIL_DOMAIN].into_iter().find(|domain| {
            let parts = text.split_at_checked(domain.len());
            parts.is_some_and(|(start, rest)| {
                start.eq_ignore_ascii_case(domain.as_bytes()) && !goes_on(rest)
            })
        });
        ours.map(str::len)
    }

    fn context<'a>(&'a self, class: ClassCode, store_key: &'a StoreKey) -> RecordContext<'a> {
        RecordContext { tenant: self.keys.tenant(), class, store_key }
    }
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Tokenizer({}, …)", self.keys.tenant())
    }
}

impl<'a> From<&'a str> for Subject<'a> {
    fn from(name: &'a str) -> Self {
        Self::Person(name)
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unbound => "Unbound",
            Self::Person(_) => "Person(…)",
        })
    }
}

/// Whether a domain continues with this text: a further character of a label, or a dot before one.
fn goes_on(text: &[u8]) -> bool {
    let next = text.strip_prefix(b".").unwrap_or(text).first();
    next.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | 0x80..))
}
