"""Contact-centre router: gRPC servers over Redis."""
