"""The built book in a browser: a package, so that its tests can share one."""
