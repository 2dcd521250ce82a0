-- grain: one row a stage of a run
-- parameters: run_id, stage, period, street_code, logged_at, outcome, detail (JSON)
-- writes: run_log
INSERT INTO run_log (run_id, stage, period, street_code, logged_at, outcome, detail)
VALUES (:run_id, :stage, :period, :street_code, :logged_at, :outcome, :detail)
