//! Algorithms, and keys in memory.
