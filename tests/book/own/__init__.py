"""The arithmetic of an own activation: a package, so that its tests share a browser."""
