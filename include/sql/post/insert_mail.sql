-- grain: one mail to which all its notices are assigned; none where one of them is no longer wanted, or where it, or another
-- digest of that recipient, group and day, is there
-- parameters: id, recipient, copy_to, digest, due_at, subject_line, sha256, notices (how many it was made of)
-- writes: mail
INSERT INTO mail (
    id, recipient, copy_to, digest, due_at, subject_line, sha256, state, attempts, claimed_by, error
)
SELECT
    :id, CAST(:recipient AS TEXT), CAST(:copy_to AS TEXT), CAST(:digest AS TEXT), :due_at, CAST(:subject_line AS TEXT), :sha256,
    'pending', 0, '', ''
WHERE (SELECT COUNT(*) FROM notice WHERE notice.mail_id = :id) = :notices
ON CONFLICT DO NOTHING
