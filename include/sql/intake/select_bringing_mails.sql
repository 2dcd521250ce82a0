-- grain: one mail that brought one of some files
-- parameters: any_sha256
-- writes: nothing
SELECT sha256, mail_sha256 FROM brought_file WHERE sha256 IN :any_sha256
