-- grain: one mail; none where it, or another digest of that recipient, group and day, is there
-- parameters: id, recipient, copy_to, digest, due_at, subject_line, sha256
-- writes: mail
INSERT INTO mail (
    id, recipient, copy_to, digest, due_at, subject_line, sha256, state, attempts, claimed_by, error
)
VALUES (:id, :recipient, :copy_to, :digest, :due_at, :subject_line, :sha256, 'pending', 0, '', '')
ON CONFLICT DO NOTHING
