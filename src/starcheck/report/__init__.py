"""What a run found, once as plain values (``model``) and then in the forms people read; each form is only layout."""
