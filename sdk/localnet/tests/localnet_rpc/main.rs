//! One local network, spoken to as any client does: JSON-RPC and WebSocket, and transactions signed here.

mod chain;
mod exchange;
mod scene;
mod subscriptions;
mod throughput;
mod time;
mod transactions;
