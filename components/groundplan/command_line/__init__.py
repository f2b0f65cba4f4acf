"""What the commands of all packages share: options, errors, the exports of a stack."""
