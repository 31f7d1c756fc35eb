"""What the router costs, as ratios to something that runs in the same call: `docs/performance.md`."""

import os

# gRPC's core tells of connections that end, as they do here all the time; it reads this when it is imported.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
