"""Teams: their namespaces, what bounds them there, and what their jobs may do in
AWS."""
