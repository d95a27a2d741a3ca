-- A table like the facts: keys, texts of few and of many values, numbers, times, some missing.
CREATE TABLE main.t AS
SELECT range AS id,
       'session-' || lpad((hash(range // 100) % 100000)::VARCHAR, 6, '0') AS session,
       (range % 100)::BIGINT AS seq,
       ['Bash', 'Read', 'Edit', 'Write', 'Grep', 'Glob', 'Task', 'WebFetch'][(hash(range, 1) % 8 + 1)::BIGINT] AS tool,
       ['claude-opus-4', 'claude-sonnet-4', 'claude-haiku-4', 'claude-sonnet-4'][(hash(range, 2) % 4 + 1)::BIGINT] AS model,
       (hash(range, 3) % 1000)::BIGINT AS input,
       (hash(range, 4) % 500)::BIGINT AS output,
       input + output AS tokens,
       CASE WHEN hash(range, 5) % 10 > 0 THEN (hash(range, 6) % 10000) / 1000.0::DOUBLE END AS cost,
       TIMESTAMP '2025-01-01' + to_seconds(range) AS started,
       started + to_seconds((hash(range, 7) % 600)::BIGINT) AS ended,
       '/home/user/project/src/file_' || (hash(range, 8) % 5000) || '.rs' AS path,
       hash(range, 9) % 3 = 0 AS flag
FROM range($rows);
