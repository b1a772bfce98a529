//! Making people: a key that nobody has yet.

use aws_lc_rs::rand;

use crate::base::Sensitive;
use crate::base::Timestamp;
use crate::crypto::LiveSubject;
use crate::crypto::SubjectKey;

/// Makes a person of this name, with a key of the system's randomness; none when there is no randomness.
pub fn subject(name: &str, born: Timestamp) -> Option<LiveSubject> {
    let mut failed = false;
    let key = SubjectKey::generate(&mut |bytes| failed |= rand::fill(bytes).is_err());
    (!failed).then(|| LiveSubject { key, name: Sensitive::new(name.to_owned()), born })
}
