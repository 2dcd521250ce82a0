-- grain: one row a check that a hand-in failed
-- parameters: sha256, check_code, field, severity, outcome, found, expected, message
-- writes: finding
INSERT INTO finding (sha256, check_code, field, severity, outcome, found, expected, message)
VALUES (:sha256, :check_code, :field, :severity, :outcome, :found, :expected, :message)
