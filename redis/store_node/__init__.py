"""One node of the store: three processes, one of each shard, kept running and kept in their places."""
