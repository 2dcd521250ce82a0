-- grain: one row a stage of a run
-- parameters: run_id, stage, period, street_code, logged_at, outcome, detail (JSON), account
-- writes: run_log
INSERT INTO run_log (run_id, stage, period, street_code, logged_at, outcome, detail, account)
VALUES (:run_id, :stage, :period, :street_code, :logged_at, :outcome, :detail, :account)
