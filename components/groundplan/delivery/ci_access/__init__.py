"""CiAccess: the roles that pipelines assume with OpenID Connect."""
