#!/bin/sh
# Start compose.yaml's replica: at first with a copy of the primary's data, that streams from then on.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    chmod 0700 "$PGDATA"
    # --write-recovery-conf: it comes up as a standby, and knows where to stream from.
    pg_basebackup --host="$PRIMARY_HOST" --username=replication --pgdata="$PGDATA" \
        --wal-method=stream --checkpoint=fast --write-recovery-conf
fi
exec "$@"
