-- grain: one row
-- parameters: run_id, stage, period, street_code, logged_at, outcome, detail
-- writes: run_log
INSERT INTO run_log (run_id, stage, period, street_code, logged_at, outcome, detail)
VALUES (:run_id, :stage, :period, :street_code, :logged_at, :outcome, :detail)
