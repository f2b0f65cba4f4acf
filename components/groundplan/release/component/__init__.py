"""ReleaseRuntime: the component that deploys the release engine."""
