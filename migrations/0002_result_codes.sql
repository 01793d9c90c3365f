-- Some kinds give each result a short code that opens it later (`resultCode` in the output): found without a scan.
CREATE INDEX jobs_result_code ON jobs (kind, json_extract(output, '$.resultCode'), finished_at)
    WHERE output IS NOT NULL AND status = 'completed';
