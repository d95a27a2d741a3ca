-- The figures of suite.json, written by hand as one statement.
WITH base AS (
    SELECT count(*) AS rows,
           count(*) FILTER (WHERE id IS NULL) AS no_id,
           count(*) FILTER (WHERE session IS NULL) AS no_session,
           count(*) FILTER (WHERE tool IS NULL) AS no_tool,
           count(*) FILTER (WHERE model IS NULL) AS no_model,
           count(*) FILTER (WHERE tokens IS NULL) AS no_tokens,
           count(*) FILTER (WHERE started IS NULL) AS no_started,
           count(*) FILTER (WHERE cost IS NULL OR isnan(cost)) AS no_cost,
           count(*) FILTER (WHERE flag IS NULL) AS no_flag,
           count(*) FILTER (WHERE tool NOT IN ('Bash', 'Read', 'Edit', 'Write', 'Grep', 'Glob', 'Task', 'WebFetch')) AS strange_tools,
           count(*) FILTER (WHERE model NOT IN ('claude-opus-4', 'claude-sonnet-4', 'claude-haiku-4')) AS strange_models,
           count(*) FILTER (WHERE model IN ('<synthetic>')) AS synthetic,
           count(*) FILTER (WHERE NOT (tokens >= 0 AND tokens <= 1500)) AS strange_tokens,
           count(*) FILTER (WHERE NOT (input >= 0 AND input < 1000)) AS strange_input,
           count(*) FILTER (WHERE NOT isnan(cost) AND NOT (cost >= 0 AND cost <= 9)) AS strange_cost,
           count(*) FILTER (WHERE NOT (started >= TIMESTAMP '2025-01-01')) AS strange_started,
           count(*) FILTER (WHERE length(session) <> 14) AS strange_lengths,
           count(*) FILTER (WHERE NOT (length(tool) BETWEEN 4 AND 8)) AS strange_tool_lengths,
           count(*) FILTER (WHERE NOT regexp_matches(session, '^session-\d{6}$')) AS strange_sessions,
           count(*) FILTER (WHERE NOT regexp_matches(path, '^/home/[a-z]+/')) AS strange_paths,
           count(*) FILTER (WHERE regexp_matches(path, '\s')) AS blank_paths,
           count(*) FILTER (WHERE NOT (regexp_matches(model, '^claude-') OR regexp_matches(model, '^gpt-'))) AS unknown_models,
           min(tokens) AS min_tokens, max(tokens) AS max_tokens, avg(tokens) AS mean_tokens,
           median(tokens) AS median_tokens, sum(tokens) AS sum_tokens, stddev_samp(tokens) AS sd_tokens,
           min(cost) FILTER (WHERE NOT isnan(cost)) AS min_cost, max(cost) FILTER (WHERE NOT isnan(cost)) AS max_cost,
           avg(cost) FILTER (WHERE NOT isnan(cost)) AS mean_cost, median(cost) FILTER (WHERE NOT isnan(cost)) AS median_cost,
           sum(cost) FILTER (WHERE NOT isnan(cost)) AS sum_cost, stddev_samp(cost) FILTER (WHERE NOT isnan(cost)) AS sd_cost,
           quantile_disc(tokens, [0.05, 0.5, 0.95]) AS quantiles,
           quantile_cont(output, [0.25, 0.75]) AS quartiles,
           count(*) FILTER (WHERE NOT (ended >= started)) AS backwards,
           count(*) FILTER (WHERE input + output <> tokens) AS wrong_sums,
           count(*) FILTER (WHERE model = 'claude-sonnet-4') AS sonnet
    FROM t
),
ids AS (SELECT count(*) AS different, coalesce(sum(n) FILTER (WHERE n > 1), 0) AS repeated
        FROM (SELECT id, count(*) AS n FROM t GROUP BY id)),
pairs AS (SELECT coalesce(sum(n) FILTER (WHERE n > 1), 0) AS repeated
          FROM (SELECT id, seq, count(*) AS n FROM t GROUP BY id, seq)),
tools AS (SELECT count(*) AS different, count(*) FILTER (WHERE tool NOT IN ('Bash', 'Read', 'Edit', 'Write', 'Grep', 'Glob', 'Task', 'WebFetch')) AS strange
          FROM (SELECT tool FROM t GROUP BY tool)),
sessions AS (SELECT count(*) AS different FROM (SELECT session FROM t GROUP BY session)),
models AS (SELECT list(model ORDER BY n DESC) AS by_rows FROM (SELECT model, count(*) AS n FROM t GROUP BY model)),
flags AS (SELECT list(flag) AS different FROM (SELECT flag FROM t GROUP BY flag)),
ordered AS (SELECT count(*) FILTER (WHERE id <= previous) AS back FROM (SELECT id, lag(id) OVER () AS previous FROM t)),
spread AS (SELECT count(*) FILTER (WHERE NOT isnan(cost) AND abs((cost - mean_cost) / sd_cost) >= 3) AS far,
                  count(*) FILTER (WHERE output < quartiles[1] - 1.5 * (quartiles[2] - quartiles[1])
                                      OR output > quartiles[2] + 1.5 * (quartiles[2] - quartiles[1])) AS outside
           FROM t, base)
SELECT * FROM base, ids, pairs, tools, sessions, models, flags, ordered, spread;
