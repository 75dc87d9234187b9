-- One call takes a whole group of commands and decides each on its own. A command that is not accepted gets a row:
--   replayed   it had been decided before: the first outcome again, nothing appended
--   reused     its id had been used with another input
--   conflict   a stream it read is not at the version it expected
--   taken      somebody else owns a key it wants
--   again      an earlier command of this very group changed what it read: ask again, nothing appended
-- All the others are accepted. The last row (n = 0) says what that means: their events have the positions from
-- first_position on, in the order given, and, where somebody left a version open, the versions of_versions.
--
-- The lock is taken first, so positions are given in the order in which they become visible, without gaps.
CREATE FUNCTION gongwu.append(
    accounts uuid[], command_ids uuid[], hashes bytea[], answers bytea[], refusals boolean[], event_counts int[],
    event_of int[], streams uuid[], versions int[], topics text[], bodies bytea[], metas bytea[],
    occurred timestamptz[],
    guard_of int[], guard_streams uuid[], guard_versions int[],
    claim_of int[], claim_kinds text[], claim_keys text[], claim_owners uuid[],
    release_of int[], release_kinds text[], release_keys text[], release_owners uuid[]
) RETURNS TABLE (
    n int, verdict text, first_position bigint, last_position bigint, at timestamptz,
    of_streams uuid[], of_versions int[], kept_answer bytea, was_refused boolean,
    what_stream uuid, expected int, actual int, what_kind text, what_key text, what_owner uuid
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off    -- a plan made while the tables were empty must still be right at a million rows
SET jit = off
AS $$
DECLARE
    total     CONSTANT int := cardinality(accounts);
    written   CONSTANT int := cardinality(event_of);
    done      int[] := array_fill(0, ARRAY[total]);   -- per command; 0: on its way to being accepted
    bases     int[];                                  -- per event: its stream's version before this group
    wrong     int[];                                  -- events whose version is not the next one
    numbers   int[] := versions;                      -- per event: the version it gets
    positions bigint[];                               -- per event: the position it gets, NULL if it gets none
    head      bigint;
    tail      bigint;
    now_at    timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(7309455170);
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        -- Each statement below must see what was committed before the lock was given.
        RAISE EXCEPTION 'gongwu.append() needs read committed' USING ERRCODE = 'invalid_transaction_state';
    END IF;

    SELECT e.position, e.recorded_at INTO head, now_at
        FROM gongwu.event e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    now_at := greatest(clock_timestamp(), now_at);

    -- Was it decided before?
    FOR n, verdict, first_position, last_position, at, kept_answer, was_refused IN
        SELECT c.n, CASE WHEN r.input_hash = c.hash THEN 'replayed' ELSE 'reused' END,
               r.first, r.position, r.recorded_at, r.answer, r.refused
        FROM unnest(accounts, command_ids, hashes) WITH ORDINALITY AS c (account, command_id, hash, n)
        JOIN gongwu.receipt r ON r.account = c.account AND r.command_id = c.command_id
    LOOP
        done[n] := 1;
        SELECT array_agg(e.stream ORDER BY e.position), array_agg(e.version ORDER BY e.position)
            INTO of_streams, of_versions
            FROM gongwu.event e
            WHERE verdict = 'replayed' AND e.position BETWEEN first_position AND last_position;
        RETURN NEXT;
        -- An answer given again must be as durable as the first one, also on the standbys.
        IF current_setting('synchronous_standby_names') <> '' THEN
            PERFORM pg_logical_emit_message(true, 'gongwu', 'replayed');
        END IF;
    END LOOP;
    first_position := NULL; last_position := NULL; at := NULL; kept_answer := NULL; was_refused := NULL;
    of_streams := NULL; of_versions := NULL;

    -- Is every stream it read still as it was?
    IF cardinality(guard_of) > 0 THEN
        verdict := 'conflict';
        FOR n, what_stream, expected, actual IN
            SELECT DISTINCT ON (g.n) g.n, g.stream, g.expected, g.actual
            FROM (SELECT u.*, coalesce((SELECT max(e.version) FROM gongwu.event e WHERE e.stream = u.stream), 0)
                  FROM unnest(guard_of, guard_streams, guard_versions)
                       WITH ORDINALITY AS u (n, stream, expected, ord)
                 ) AS g (n, stream, expected, ord, actual)
            WHERE g.actual <> g.expected AND done[g.n] = 0
            ORDER BY g.n, g.ord
        LOOP
            done[n] := 1;
            RETURN NEXT;
        END LOOP;
    END IF;

    -- Is every event the next one of its stream?
    IF written > 0 THEN
        SELECT array_agg(t.base ORDER BY t.ord), array_agg(head + t.ord ORDER BY t.ord),
               array_agg(t.ord ORDER BY t.ord) FILTER (WHERE t.version <> t.base + t.rank)
            INTO bases, positions, wrong
            FROM (SELECT u.version, u.ord::int,
                         coalesce((SELECT max(e.version) FROM gongwu.event e WHERE e.stream = u.stream), 0),
                         row_number() OVER (PARTITION BY u.stream, u.n ORDER BY u.ord)
                  FROM unnest(event_of, streams, versions) WITH ORDINALITY AS u (n, stream, version, ord)
                 ) AS t (version, ord, base, rank);
    END IF;
    IF wrong IS NOT NULL THEN
        verdict := 'conflict';
        FOR n, what_stream, expected, actual IN
            SELECT DISTINCT ON (event_of[w.ord])
                   event_of[w.ord], streams[w.ord], versions[w.ord] - 1, bases[w.ord]
            FROM unnest(wrong) AS w (ord) WHERE done[event_of[w.ord]] = 0
            ORDER BY event_of[w.ord], w.ord
        LOOP
            done[n] := 1;
            RETURN NEXT;
        END LOOP;
    END IF;
    what_stream := NULL; expected := NULL; actual := NULL;

    -- Is every key it wants free, its own, or freed by itself?
    IF cardinality(claim_of) > 0 THEN
        verdict := 'taken';
        FOR n, what_kind, what_key, what_owner IN
            SELECT DISTINCT ON (u.n) u.n, u.kind, u.key, c.owner
            FROM unnest(claim_of, claim_kinds, claim_keys, claim_owners)
                 WITH ORDINALITY AS u (n, kind, key, owner, ord)
            JOIN gongwu.claim c ON c.kind = u.kind AND c.key = u.key
            WHERE c.owner <> u.owner AND done[u.n] = 0 AND NOT EXISTS (
                SELECT FROM unnest(release_of, release_kinds, release_keys, release_owners)
                     AS r (n, kind, key, owner)
                WHERE r.n = u.n AND r.kind = u.kind AND r.key = u.key AND r.owner = c.owner)
            ORDER BY u.n, u.ord
        LOOP
            done[n] := 1;
            RETURN NEXT;
        END LOOP;
        what_kind := NULL; what_key := NULL; what_owner := NULL;
    END IF;

    -- Did an earlier one of this group change what it read? Sorted, not joined: groups may be large.
    IF total > 1 THEN
        verdict := 'again';
        FOR n IN
            SELECT t.n FROM (
                SELECT s.n, s.reads, min(s.n) FILTER (WHERE s.writes) OVER (PARTITION BY s.stream)
                FROM (SELECT u.n, u.stream, u.version IS NOT NULL, true
                          FROM unnest(event_of, streams, versions) AS u (n, stream, version)
                      UNION ALL
                      SELECT u.n, u.stream, true, false FROM unnest(guard_of, guard_streams) AS u (n, stream)
                     ) AS s (n, stream, reads, writes)
                WHERE done[s.n] = 0
            ) AS t (n, reads, first_writer)
            WHERE t.reads AND t.first_writer < t.n
            UNION
            SELECT t.n FROM (
                SELECT u.n, min(u.n) OVER (PARTITION BY u.account, u.command_id)
                FROM unnest(accounts, command_ids) WITH ORDINALITY AS u (account, command_id, n)
            ) AS t (n, first_same)
            WHERE t.first_same < t.n AND done[t.n] = 0
            UNION
            SELECT t.n FROM (
                SELECT s.n, min(s.n) OVER (PARTITION BY s.kind, s.key)
                FROM (SELECT u.* FROM unnest(claim_of, claim_kinds, claim_keys) AS u (n, kind, key)
                      UNION ALL
                      SELECT u.* FROM unnest(release_of, release_kinds, release_keys) AS u (n, kind, key)
                     ) AS s (n, kind, key)
                WHERE done[s.n] = 0
            ) AS t (n, first_user)
            WHERE t.first_user < t.n
        LOOP
            done[n] := 1;
            RETURN NEXT;
        END LOOP;
    END IF;

    -- Versions and positions again, where some are left open or some commands have dropped out.
    tail := head + written;
    IF 1 = ANY (done) OR array_position(versions, NULL) IS NOT NULL THEN
        SELECT array_agg(t.version ORDER BY t.ord), array_agg(t.position ORDER BY t.ord), head + count(t.position)
            INTO numbers, positions, tail
            FROM (SELECT u.ord,
                         coalesce(u.version, u.base + count(*) FILTER (WHERE done[u.n] = 0) OVER earlier),
                         CASE WHEN done[u.n] = 0
                              THEN head + count(*) FILTER (WHERE done[u.n] = 0) OVER (ORDER BY u.ord) END
                  FROM unnest(event_of, streams, versions, bases)
                       WITH ORDINALITY AS u (n, stream, version, base, ord)
                  WINDOW earlier AS (PARTITION BY u.stream ORDER BY u.ord)
                 ) AS t (ord, version, position);
        of_versions := numbers;
    END IF;

    IF tail > head THEN
        INSERT INTO gongwu.event (position, stream, version, topic, body, meta, occurred_at, recorded_at)
            SELECT u.position, u.stream, u.version, u.topic, u.body, u.meta, coalesce(u.occurred_at, now_at), now_at
            FROM unnest(positions, streams, numbers, topics, bodies, metas, occurred)
                 AS u (position, stream, version, topic, body, meta, occurred_at)
            WHERE u.position IS NOT NULL;
        PERFORM pg_notify('gongwu_log', tail::text);
    END IF;
    IF cardinality(release_of) > 0 THEN
        DELETE FROM gongwu.claim c
            USING unnest(release_of, release_kinds, release_keys, release_owners) AS u (n, kind, key, owner)
            WHERE done[u.n] = 0 AND c.kind = u.kind AND c.key = u.key AND c.owner = u.owner;
    END IF;
    IF cardinality(claim_of) > 0 THEN
        INSERT INTO gongwu.claim (kind, key, owner)
            SELECT u.kind, u.key, u.owner
            FROM unnest(claim_of, claim_kinds, claim_keys, claim_owners) AS u (n, kind, key, owner)
            WHERE done[u.n] = 0
            ON CONFLICT (kind, key) DO NOTHING;
    END IF;
    IF 0 = ANY (done) THEN
        INSERT INTO gongwu.receipt (account, command_id, input_hash, refused, first, position, recorded_at, answer)
            SELECT t.account, t.command_id, t.hash, t.refused, t.last - t.events + 1, t.last, now_at, t.answer
            FROM (SELECT u.*, head + sum(u.events) OVER (ORDER BY u.n)
                  FROM unnest(accounts, command_ids, hashes, refusals, answers, event_counts)
                       WITH ORDINALITY AS u (account, command_id, hash, refused, answer, events, n)
                  WHERE done[u.n] = 0
                 ) AS t (account, command_id, hash, refused, answer, events, n, last);
    END IF;

    n := 0; verdict := 'accepted'; first_position := head + 1; last_position := tail; at := now_at;
    RETURN NEXT;
END $$;
