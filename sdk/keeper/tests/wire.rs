//! What stands between brain and nodes, as far as it needs no network: queue, backoff, slots, options, secrets, books.

#[path = "wire/books.rs"]
mod books;
#[path = "wire/config.rs"]
mod config;
#[path = "wire/endpoints.rs"]
mod endpoints;
#[path = "wire/queue.rs"]
mod queue;
#[path = "wire/secrets.rs"]
mod secrets;
