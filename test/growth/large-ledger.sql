-- A ledger of years: loaded batches, half of them of one source, five minutes of requests each; some failed, duplicate and
-- forgotten ones; and a finished task for every tenth batch. Statements stand apart by blank lines. SQLite and
-- PostgreSQL run the same text; names in braces are
-- put in by large-ledger.mjs.

INSERT INTO batch (id, state, account_id, loaded_by, name, source, format, service_area, log_zone, may_deliver, force,
    overlap, rejected_percent_max, delivery, owner, content_path, content_is_spooled, compression, ranges_json, end_byte,
    content_sha256, head_sha256, first_line_sha256, ends_with_newline, delivered_bytes, lines, requests, rejected_lines,
    header_lines, flux_bytes, first_time_ms, last_time_ms, duplicate_of, error_code, error_message, attempts, looks,
    created_at_ms, updated_at_ms, loaded_at_ms, client_addresses, query_strings)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {batches})
SELECT
    {first} + i,
    CASE WHEN i % 50 = 1 THEN 'failed' WHEN i % 100 = 2 THEN 'duplicate' WHEN i % 100 = 3 THEN 'forgotten' ELSE 'loaded' END,
    CASE WHEN i % 3 = 0 THEN '{other_account}' ELSE '{account}' END, 'a key', 'access-' || i || '.log',
    CASE WHEN i % 2 = 0 THEN '{source}' ELSE 'edge-' || (i % {sources}) END,
    'combined', 'global', 'UTC', 'any', 0, 'refuse', 10, CASE WHEN i % 2 = 0 THEN 'push' ELSE 'file' END,
    '{owner}', '/nowhere', 0, 'none', '[[0,4096]]', 4096,
    'content-' || i, 'head-' || i, 'line-' || i, 1, 4096, 20, 20, 0, 0, 20000,
    {now_ms} - ({batches} - i) * 30000 - 300000, {now_ms} - ({batches} - i) * 30000,
    CASE WHEN i % 100 = 2 THEN {first} + i - 1 END,
    CASE WHEN i % 50 = 1 THEN 'FLUXPORT.0101' END, CASE WHEN i % 50 = 1 THEN 'It is no log' END, 1, 0,
    {now_ms} - ({batches} - i) * 30000, {now_ms} - ({batches} - i) * 30000, {now_ms} - ({batches} - i) * 30000, 'full', 'keep'
FROM n;

INSERT INTO load (load_id, batch_id, state, visible_version, forgotten_version, roll_up)
SELECT id, id, CASE WHEN state = 'forgotten' THEN 'purged' ELSE 'visible' END, id,
    CASE WHEN state = 'forgotten' THEN id + 1 END, 'done'
FROM batch
WHERE id > {first} AND state IN ('loaded', 'forgotten');

UPDATE counter SET value = {first} + {batches} + 2 WHERE name IN ('batch', 'load', 'data_version');

INSERT INTO export_task (id, account_id, name, action, state, request_json, data_version, account_version, attempts, lease_token,
    run_at_ms, progress_rows, file_name, artifact_rows, artifact_bytes, files_json, manifest_json, created_at_ms,
    updated_at_ms, state_since_ms, created_by, reserved_bytes)
SELECT 'task-' || id, account_id, 'task ' || id, 'stats', CASE WHEN id % 20 = 0 THEN 'success' ELSE 'expired' END, '{}', id, id, 1, 1, created_at_ms, 1, 'a.csv', 1, 100,
    '[]', '{}', created_at_ms, created_at_ms, created_at_ms, 'a key', 0
FROM batch
WHERE id > {first} AND id % 10 = 0;

INSERT INTO push (account_id, source, idempotency_key, batch_id, bytes, pushed_sha256, created_at_ms)
SELECT account_id, source, 'push-' || id, id, 4096, 'digest-' || id, created_at_ms
FROM batch
WHERE id > {first} AND delivery = 'push';
