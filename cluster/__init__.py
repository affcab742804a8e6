"""`make test-cluster`: Classkey on several machines, and what it does when they fail.

Two web nodes, two workers, PostgreSQL with a standby, PgBouncer, Redis, the proxy, a mail server
and the people are hosts of their own, in network namespaces of this machine, with the
configuration in `deploy/`. While people redeem codes and open pages, hosts are killed and cut off;
at the end it is counted what came of it.
"""
