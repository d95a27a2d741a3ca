//! Everything that needs more than one module, or a server.

mod extract_mongo;
mod mongod;
