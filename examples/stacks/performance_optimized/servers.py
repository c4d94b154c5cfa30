"""PostgreSQL and a Redis cache in subnets that nothing on the internet reaches."""

from headstart.cdk import Construct, Network, cdk

ec2, elasticache, rds = cdk.aws_ec2, cdk.aws_elasticache, cdk.aws_rds
ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


class Servers(Construct):
    """``network`` is for functions that use them, ``environment`` says where they are.

    The function needs nothing of the internet: S3 has an endpoint in the VPC, and logs and traces are Lambda's matter.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        subnets = ec2.SubnetConfiguration(name="servers", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        s3 = ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)
        vpc = ec2.Vpc(self, "Vpc", nat_gateways=0, subnet_configuration=[subnets], gateway_endpoints={"S3": s3})
        functions = ec2.SecurityGroup(self, "Functions", vpc=vpc, description="Functions that use the servers")
        self.network = Network(vpc=vpc, subnets=ISOLATED, security_groups=(functions,))
        self.environment = {**self._database(vpc, functions), **self._cache(vpc, functions)}

    def _database(self, vpc: ec2.Vpc, functions: ec2.SecurityGroup) -> dict[str, str]:
        database = rds.DatabaseCluster(
            self,
            "Database",
            engine=rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_4),
            writer=rds.ClusterInstance.serverless_v2("Writer"),
            serverless_v2_min_capacity=0.5,
            vpc=vpc,
            vpc_subnets=ISOLATED,
            default_database_name="shop",
            storage_encrypted=True,
            enable_data_api=True,  # to load schema.sql from outside of the VPC
        )
        database.connections.allow_default_port_from(functions)
        password = database.secret.secret_value_from_json("password")
        return {
            "PGHOST": database.cluster_endpoint.hostname,
            "PGPORT": cdk.Token.as_string(database.cluster_endpoint.port),
            "PGDATABASE": "shop",
            "PGUSER": "postgres",
            # A reference to the secret in the template, resolved by the deployment.
            "PGPASSWORD": password.unsafe_unwrap(),
        }

    def _cache(self, vpc: ec2.Vpc, functions: ec2.SecurityGroup) -> dict[str, str]:
        group = ec2.SecurityGroup(self, "CacheAccess", vpc=vpc, description="The cache")
        group.add_ingress_rule(functions, ec2.Port.tcp(6379))
        cache = elasticache.CfnServerlessCache(
            self,
            "Cache",
            engine="valkey",
            serverless_cache_name=cdk.Names.unique_resource_name(self, max_length=40).lower(),
            security_group_ids=[group.security_group_id],
            subnet_ids=vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED).subnet_ids,
        )
        return {"REDIS_URL": f"rediss://{cache.attr_endpoint_address}:{cache.attr_endpoint_port}"}
