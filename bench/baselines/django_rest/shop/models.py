"""The tables as they are; Django does not manage them."""

from typing import ClassVar

from django.db import models


class StoredJson(models.JSONField):
    """A column of the type `json`, which the driver has decoded already."""

    def from_db_value(self, value: object, _expression: object, _connection: object) -> object:
        return value


class ApiKey(models.Model):
    id = models.UUIDField(primary_key=True)
    workspace_id = models.UUIDField()
    hash = models.BinaryField()
    expires_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    is_authenticated: ClassVar[bool] = True

    class Meta:
        managed = False
        db_table = "api_keys"


class IntegrationVersion(models.Model):
    id = models.UUIDField(primary_key=True)
    manifest_snapshot = StoredJson()
    variables_schema_snapshot = StoredJson()
    auth_config_snapshot = StoredJson()

    class Meta:
        managed = False
        db_table = "integration_versions"


class Integration(models.Model):
    id = models.UUIDField(primary_key=True)
    workspace_id = models.UUIDField()
    slug = models.TextField()
    name = models.TextField()
    description = models.TextField(null=True)  # noqa: DJ001 - the table is as it is
    icon_url = models.TextField(null=True)  # noqa: DJ001 - as above
    publisher = models.TextField()
    trust_tier = models.TextField()
    version = models.ForeignKey(
        IntegrationVersion, models.DO_NOTHING, null=True, db_column="current_version_id", db_constraint=False
    )
    current_version = models.TextField(null=True)  # noqa: DJ001 - as above
    visibility = models.TextField()
    created_by = models.UUIDField(null=True)
    deleted_at = models.DateTimeField(null=True)
    retention_tier = models.TextField(null=True)  # noqa: DJ001 - as above
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "integrations"
