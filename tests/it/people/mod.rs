//! What is kept about people: the bytes of it, who may open it, and what is done with it over HTTP.

// Marked, so that helpers of tests count as tests for the lints.
#[cfg(test)]
mod api;
#[cfg(test)]
mod databunker;
#[cfg(test)]
mod erase;
#[cfg(test)]
mod express;
#[cfg(test)]
mod frame;
#[cfg(test)]
mod known_answers;
#[cfg(test)]
mod links;
#[cfg(test)]
mod seal;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod site;
#[cfg(test)]
mod values;
