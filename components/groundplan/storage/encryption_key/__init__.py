"""EncryptionKey: a KMS key with rotation and an alias."""
