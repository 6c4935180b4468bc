"""A library of ugly workbooks, made by code: each a shape that offices send, with the exact reading expected of it."""
